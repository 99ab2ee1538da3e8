// Walks the demo's pages as its users do: the weekly job from the first page to a county in Excel, at desktop and phone
// width, in light and dark, and once more without JavaScript.
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { access } from './access.mjs';
import { matches } from './matches.mjs';
import { check, listen, problem, problems } from './page.mjs';
import { enter, links } from './people.mjs';

const [base, out, said] = [process.argv[2].replace(/\/$/, ''), process.argv[3], process.argv[4]];
const people = links(said);
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });

// As the state's data director, unless as somebody else; as nobody with `null`.
async function inContextAs(name, options, link, walk) {
  console.log(name);
  const context = await browser.newContext(options);
  context.setDefaultTimeout(60_000);
  listen(context, name);
  const page = await context.newPage();
  try {
    if (link) await enter(page, link);
    await walk(page, (label, content) => check(page, `${name}-${label}`, out, content));
  } catch (error) {
    problem(`${name} ${page.url()}`, error.message.split('\n').slice(0, 3).join(' '));
  }
  await context.close();
}

const inContext = (name, options, walk) => inContextAs(name, options, people['Sam Whitfield'], walk);

const go = async (page, path, status = 200) => {
  page.expectsStatus = status !== 200;
  const answer = await page.goto(base + path);
  if (answer.status() !== status) problem(path, `expected status ${status}, got ${answer.status()}`);
};

// The job of every week, through links and buttons alone.
let held;
await inContext('week', { viewport: DESKTOP, acceptDownloads: true }, async (page, look) => {
  await go(page, '/');
  await look('overview', ['North Carolina', 'Current list', '1 delivery waits in the inbox', 'Every week']);
  await page.getByRole('link', { name: 'Load into North Carolina' }).click();
  await look('load', ['From the inbox', 'Upload']);
  await page.getByRole('button', { name: 'Load it' }).click();
  await page.waitForURL('**/jobs/**');
  await page.getByRole('progressbar').waitFor();
  await page.waitForURL('**/snapshots/**');
  held = new URL(page.url()).pathname;
  await look('report', [/Held back: \d+ rules? failed/, 'stays current', 'Adds up', 'Accept or leave it']);
  await page.getByRole('link', { name: 'See the counties' }).or(page.getByRole('link', { name: 'See the quarantine' })).first().click();

  await page.getByRole('navigation', { name: 'This snapshot' }).getByRole('link', { name: 'Changes' }).click();
  await look('changes', ['All', 'Dropped from the list', 'Moved within the county']);
  await page.getByRole('link', { name: /^Moved within the county/ }).click();
  await page.waitForURL('**kind=moved_within_county**');
  await look('changes-moved', ['→', 'Another residence in the same county']);
  const next = page.getByRole('link', { name: 'Next →' });
  if (await next.count()) {
    await next.click();
    await page.waitForURL('**page=2**');
    await look('changes-second', [/51–/]);
  }
  await page.locator('tbody th a').first().click();
  await look('voter', ['Name', 'Residence', 'Registration', 'column ncid', 'Vote history', 'Changes over the snapshots']);
  await go(page, `${held}/quarantine`);
  await look('quarantine', ['Field by field', 'Download the']);
  const rows = await page.locator('article.held-row').count();
  if (rows !== 20) problem('quarantine', `expected twenty rows on the first page, got ${rows}`);
  const [bytes] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /^Download the/ }).first().click()]);
  if (readFileSync(await bytes.path()).length === 0) problem('quarantine', 'the downloaded row is empty');
  await go(page, `${held}/counties`);
  await look('counties', ['PITT', 'no change']);
  await page.getByRole('link', { name: 'Change', exact: true }).click();

  await go(page, held);
  await page.getByRole('link', { name: 'Accept or leave it' }).first().click();
  await page.getByLabel('Why is this list right all the same?').fill('Pitt County sent its yearly removals; the board confirmed them <by phone>.');
  await page.getByRole('button', { name: 'Accept this load' }).click();
  await page.getByRole('heading', { name: /Accepted by hand/ }).waitFor();
  await look('accepted', ['is the current one', '<by phone>']);

  await page.getByRole('link', { name: 'Export' }).click();
  await look('export', ['Excel (xlsx)', 'PITT']);
  await page.getByLabel('Which voters').selectOption({ label: await page.locator('option', { hasText: 'PITT' }).innerText() });
  const [sheet] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
  const file = readFileSync(await sheet.path());
  if (!/^nc-base-pitt-.*\.xlsx$/.test(sheet.suggestedFilename())) problem('export', `named ${sheet.suggestedFilename()}`);
  if (file.length < 5_000 || file.subarray(0, 2).toString() !== 'PK') problem('export', `${file.length} bytes are no workbook`);
});

// Every kind of page, at each width and in each scheme.
async function everyPage(page, look) {
  await go(page, '/');
  await look('overview', ['North Carolina']);
  await go(page, '/nc');
  await look('snapshots', ['Current', 'Earlier', 'Undo the last load']);
  await go(page, held);
  await look('report', ['Accepted by hand']);
  await go(page, `${held}/changes`);
  await look('changes', ['All']);
  await go(page, `${held}/quarantine`);
  await look('quarantine', ['Field by field']);
  await go(page, `${held}/counties?sort=name`);
  await look('counties', ['ALAMANCE']);
  await go(page, '/nc/find');
  await page.getByRole('searchbox').fill('S');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByRole('heading', { name: 'The first 50' }).waitFor();
  await look('find', ['State id']);
  await page.locator('tbody a').first().click();
  await look('voter', ['Vote history']);
  await go(page, '/nc/load');
  await look('load', ['already loaded']);
  await go(page, '/nc/export');
  await look('export', ['Download']);
  await go(page, '/nc/undo');
  await look('undo', ['Nothing is deleted']);
  await go(page, '/help');
  await look('help', ['Quarantine', 'Gate']);
  await go(page, '/va');
  await look('empty-state', ['Nothing of its list is here for your organization']);
  await go(page, '/nowhere', 404);
  await look('missing', ['Nothing here']);
}
await inContext('desktop', { viewport: DESKTOP }, everyPage);
await inContext('phone', { viewport: PHONE, isMobile: true, hasTouch: true }, everyPage);
await inContext('dark', { viewport: DESKTOP, colorScheme: 'dark' }, everyPage);
await inContext('phone-dark', { viewport: PHONE, colorScheme: 'dark' }, everyPage);

// The same without JavaScript: paging, a form that changes something, and the keyboard.
await inContext('plain', { viewport: PHONE, javaScriptEnabled: false }, async (page) => {
  await go(page, `${held}/changes`);
  await page.getByRole('link', { name: 'Next →' }).click();
  await page.waitForURL('**page=2**');
  await go(page, '/nc/undo');
  await page.getByRole('button', { name: /^Undo the load/ }).click();
  await page.waitForURL(`${base}/nc`);
  await page.locator('tbody .tag', { hasText: 'Undone' }).waitFor();
});
await inContext('keyboard', { viewport: DESKTOP }, async (page) => {
  await go(page, '/');
  await page.keyboard.press('Tab');
  const first = await page.evaluate(() => document.activeElement.textContent);
  if (first !== 'Skip to content') problem('keyboard', `the first stop is ${first}`);
  await page.keyboard.press('Enter');
  const at = await page.evaluate(() => document.activeElement.id);
  if (at !== 'content') problem('keyboard', `the skip link leads to ${at || 'nothing'}`);
});

await access({ base, out, people, inContext: inContextAs });
await matches({ base, people, inContext: inContextAs });

await browser.close();
if (problems.length > 0) {
  console.error(`\nbrowser test: ${problems.length} problems\n${problems.map((line) => `  ${line}`).join('\n')}`);
  process.exit(1);
}
console.log(`browser test: passed; screenshots in ${out}`);
