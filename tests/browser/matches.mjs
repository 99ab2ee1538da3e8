// A vendor's list without voter ids, through the pages alone: sent, its columns looked at, matched, thirty pairs reviewed by
// keyboard, telephones added, one mistake taken back, all undone. Once more a look on a phone, and without script.
import { readFileSync } from 'node:fs';
import { problem } from './page.mjs';

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const ANSWERS = 30;

export async function matches({ base, people, inContext }) {
  let run;
  await inContext('match', { viewport: DESKTOP, acceptDownloads: true }, people['Sam Whitfield'], async (page, look) => {
    await page.goto(`${base}/nc/columns`);
    await page.getByRole('link', { name: 'match it with the voters first' }).click();
    const [sample] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'An invented list to try' }).click()]);
    const list = readFileSync(await sample.path());
    await look('lists', ['Lists without ids', 'Match a list']);
    await page.getByLabel('File').setInputFiles({ name: 'acme.csv', mimeType: 'text/csv', buffer: list });
    await page.getByRole('button', { name: 'Look at its columns' }).click();
    await look('columns', ['acme.csv, 5,000 rows', 'Given Name', 'Cell Phone', '1 row above it was left out']);
    await page.getByRole('button', { name: 'Find the voters' }).click();
    await page.waitForURL(/\/nc\/matches\/[^/]+$/);
    run = new URL(page.url()).pathname;
    await look('result', ['How sure this is', 'Nobody has checked an accepted row yet', 'Doubtful', 'Some accepted rows']);
    await page.getByRole('link', { name: 'Review the doubtful rows' }).click();
    await look('review', ['Is this one person?', 'On the list', 'Voter']);
    await page.keyboard.press('?');
    await page.getByText('Two people. Watch for couples').waitFor();
    const pair = () => page.locator('input[name=pair]').inputValue();
    const press = async (key) => {
      const [before, begun] = [await pair(), Date.now()];
      await page.keyboard.press(key);
      await page.waitForFunction((was) => document.querySelector('input[name=pair]')?.value !== was, before);
      return Date.now() - begun;
    };
    const seen = new Set();
    const times = [];
    for (let answer = 0; answer < ANSWERS; answer += 1) {
      if ((await page.locator('input[name=pair]').count()) === 0) {
        // A small state has few doubtful rows.
        await look('review-done', ['All doubtful rows have an answer']);
        await page.getByRole('link', { name: 'Check more accepted rows' }).click();
      }
      seen.add(await pair());
      const conflict = await page.locator('.sides .differs', { hasText: 'First name' }).count();
      times.push(await press(conflict > 0 ? 'n' : 'y'));
    }
    if (seen.size !== ANSWERS) problem('review', `${seen.size} pairs for ${ANSWERS} answers`);
    times.sort((a, b) => a - b);
    console.log(`  an answer and the next pair: median ${times[15]} ms, slowest ${times.at(-1)} ms`);
    const last = [...seen].at(-1);
    await press('z');
    if ((await pair()) !== last) problem('review', 'undo leads to another pair');
    await press('u');
    await page.getByRole('link', { name: /result/ }).first().click();
    await look('reviewed', [/(at least [\d.]+|between [\d.]+ and [\d.]+) of 100 accepted rows are right/, 'with your answers']);
    await page.getByRole('button', { name: /^Add to/ }).click();
    await look('added', ['Cell Phone: added to']);
    await page.locator('#content a', { hasText: 'Why' }).first().click();
    await look('pair', ['Why it weighs what it weighs', 'Before any comparison', 'Sum']);
    const address = page.url();
    await page.getByRole('link', { name: 'The voter' }).click();
    await look('voter', ['Cell Phone']);
    await page.goto(address);
    await page.getByText('This was a mistake: take its cells back').click();
    await page.getByLabel('Why?').fill('it is the son');
    await page.getByRole('button', { name: 'Take the cells of this pair back' }).click();
    await look('taken-back', ['it is the son', 'Two people, as reviewers say']);
    await page.getByRole('link', { name: 'The voter' }).click();
    // Another row of the list may be of the same voter, with another number.
    const row = new URL(address).pathname;
    if (await page.locator(`a[href="${row}"]`).count()) problem('voter', 'the cell is still there');
    await page.goto(`${base}/log`);
    await look('log', ['Settled a pair, or took its cells back']);
    if (!(await page.content()).includes('it is the son')) problem('log', 'does not say why');
  });
  await inContext('match-phone', { viewport: PHONE, isMobile: true, colorScheme: 'dark' }, people['Sam Whitfield'], async (page, look) => {
    for (const [name, path] of [['lists', '/nc/matches'], ['result', run], ['review', `${run}/review`], ['pair', `${run}/pairs/3`]]) {
      await page.goto(base + path);
      await look(name);
    }
  });
  await inContext('match-plain', { viewport: DESKTOP, javaScriptEnabled: false }, people['Sam Whitfield'], async (page) => {
    await page.goto(`${base}${run}/review?look=accepted`);
    const before = await page.locator('input[name=pair]').getAttribute('value');
    await page.getByRole('button', { name: /^Undecided/ }).click();
    if ((await page.locator('input[name=pair]').getAttribute('value')) === before) problem('review', 'no next pair without script');
    await page.goto(base + run);
    await page.getByText('Undo: take all of it back').click();
    await page.getByRole('button', { name: 'Take all of it back' }).click();
    if ((await page.locator('body').innerText()).includes('added to')) problem('result', 'what was undone is still there');
  });
}
