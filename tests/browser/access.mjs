// One job through the pages alone: a state's data director creates a campaign, invites its manager, grants two counties;
// the manager signs in with a second factor from a phone, sees exactly that, and shares three of the campaign's own columns
// with a county committee; the director looks up who saw a voter, revokes, and reads the log. With every other page about
// access on the way, and each of the demo's people seeing their own.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { problem } from './page.mjs';
import { enter, totp } from './people.mjs';

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };
const MANAGER = { name: 'Lee Park', email: 'lee@park-2026.example', password: 'four unusual walnut words' };

async function absent(page, texts) {
  const body = await page.locator('body').innerText();
  for (const text of texts) if (body.includes(text)) problem(new URL(page.url()).pathname, `shows ${text}`);
}

export async function access({ base, out, people, inContext }) {
  let invitation;
  let session;
  await inContext('access-stranger', { viewport: PHONE, isMobile: true }, null, async (page, look) => {
    await page.goto(`${base}/nc`);
    if (!page.url().includes('/sign-in?next=')) problem('stranger', `reached ${page.url()}`);
    await look('sign-in', ['Sign in', 'E-mail address']);
    await page.getByLabel('Organization').fill('nc-party');
    await page.getByLabel('E-mail address').fill('nobody@example.org');
    await page.getByLabel('Password').fill('not the password');
    page.expectsStatus = true;
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('alert').waitFor();
    await look('refused', ['Not signed in']);
    await page.getByRole('link', { name: 'I have forgotten my password' }).click();
    await look('forgotten', ['Your second factor stays']);
  });

  await inContext('access-director', { viewport: DESKTOP, permissions: ['clipboard-read', 'clipboard-write'] }, people['Sam Whitfield'], async (page, look) => {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Access' }).click();
    await look('grants', ['Who sees what of ours', 'Rivera for Senate', 'Durham', 'Custody']);
    await page.getByRole('link', { name: 'Organizations', exact: true }).click();
    await page.getByLabel('Name', { exact: true }).fill('Park for House');
    await page.getByLabel('Short name').fill('park-2026');
    await page.getByLabel('Kind').selectOption('campaign');
    await page.locator('select#state').selectOption('nc');
    await look('organizations', ['Harbor Party']);
    await page.getByRole('button', { name: 'Register it' }).click();
    await look('organization', ['Park for House', 'Invite its first person']);
    await page.getByLabel('E-mail address').fill(MANAGER.email);
    await page.getByRole('checkbox', { name: /^Data director/ }).check();
    await page.getByRole('button', { name: 'Make the link' }).click();
    invitation = await page.getByLabel('The link').inputValue();
    await page.getByRole('button', { name: 'Copy the link' }).click();
    await page.getByRole('status').getByText('Copied').waitFor();
    const pasted = await page.evaluate(() => navigator.clipboard.readText());
    if (pasted !== invitation) problem('invited', `copied ${pasted}`);
    await look('invited', ['It works once', 'private window']);

    await page.getByRole('link', { name: 'Give Park for House a grant' }).click();
    await page.getByRole('checkbox', { name: /^Base/ }).check();
    await page.getByRole('checkbox', { name: /^Appended/ }).check();
    for (const county of ['Durham', 'Orange']) await page.getByRole('checkbox', { name: county, exact: true }).check();
    await page.getByRole('radio', { name: /^Election day/ }).first().check();
    await look('grant-new', ['Give a grant', 'Voters of North Carolina']);
    await absent(page, ['Proprietary']);
    await page.getByRole('button', { name: 'Give it' }).click();
    await page.waitForURL('**/grants?done=given**');
    await look('granted', ['Grant given', 'Park for House', 'Durham and Orange', 'Copies may not leave']);
    for (const [path, text] of [['/grants/ours', 'What we may see'], ['/people', 'Sam Whitfield'], ['/keys', 'Make one'], ['/incidents', 'Incidents'], ['/log', 'Check it yourself'], ['/account', 'Where you are signed in']]) {
      await page.goto(base + path);
      await look(path.slice(1).replace('/', '-'), [text]);
    }
  });

  let voter;
  let stateId;
  await inContext('access-manager', { viewport: PHONE, isMobile: true, hasTouch: true }, null, async (page, look) => {
    await page.goto(invitation);
    const key = await page.locator('.key code').innerText();
    await look('invitation', ['Park for House', 'Second factor']);
    await page.getByLabel('Your name').fill(MANAGER.name);
    await page.getByLabel('Password', { exact: true }).fill(MANAGER.password);
    await page.getByLabel('Password once more').fill(MANAGER.password);
    // A wrong code takes nothing away of what was typed.
    await page.getByLabel(/six digits/i).fill('000000');
    await page.getByRole('button', { name: 'Make the account' }).click();
    await page.getByRole('alert').waitFor();
    if (await page.getByLabel('Password once more').inputValue() !== MANAGER.password) problem('invitation', 'the passwords are gone');
    await page.getByLabel(/six digits/i).fill(totp(key));
    await page.getByRole('button', { name: 'Make the account' }).click();
    await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor();
    await look('recovery-codes', ['They are not shown again']);
    await page.getByRole('link', { name: /go on/ }).click();
    await look('overview', ['North Carolina']);
    await page.goto(`${base}/account`);
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByLabel('E-mail address').fill(MANAGER.email);
    await page.getByLabel('Password').fill(MANAGER.password);
    await page.getByRole('button', { name: 'Continue' }).click();
    await look('code', ['Your code']);
    // The code that was used counts once: the next one.
    await page.getByLabel(/Six digits/).fill(totp(key, 1));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();

    await page.goto(`${base}/nc/find`);
    await page.getByRole('searchbox').fill('S');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.locator('tbody a').first().waitFor();
    const places = await page.locator('tbody tr').allInnerTexts();
    for (const place of places) if (!/DURHAM|ORANGE/.test(place)) problem('manager', `sees ${place}`);
    const ids = await page.locator('tbody tr').evaluateAll((rows) => rows.map((row) => row.innerText.match(/[A-Z]{1,2}\d{4,}/)?.[0]).filter(Boolean));
    await page.locator('tbody a').first().click();
    voter = new URL(page.url()).pathname;
    stateId = (await page.locator('.page-head .mono').innerText()).trim();
    await look('voter', ['Vote history']);
    await absent(page, ['rivera_', 'chen_']);

    const file = join(out, 'park-scores.csv');
    writeFileSync(file, `ncid,park_support,park_turnout,park_yard_sign\n${ids.map((id, at) => `${id},${at},${100 - at},${at % 2}`).join('\n')}\n`);
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Our columns' }).click();
    await page.getByLabel('File').setInputFiles(file);
    const named = page.getByLabel("Column with the state's voter id");
    await page.waitForFunction((field) => field.value === 'ncid', await named.elementHandle());
    await page.getByRole('button', { name: 'Add the columns' }).click();
    await page.getByText('park_yard_sign').first().waitFor();
    await look('columns', ['park_support']);
    await page.getByRole('link', { name: 'Share some' }).click();
    await page.getByLabel('To whom').selectOption({ label: 'Harbor Party of Durham County' });
    for (const column of ['park_support', 'park_turnout', 'park_yard_sign']) await page.getByRole('checkbox', { name: column }).check();
    await page.getByRole('radio', { name: /^All voters for whom we have them/ }).check();
    await page.getByRole('radio', { name: 'Another last day' }).check();
    await page.getByLabel('Last day', { exact: true }).fill(new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10));
    await look('share', ['park_turnout']);
    await absent(page, ['Base', 'Rivera', 'Chen']);
    await page.getByRole('button', { name: 'Give it' }).click();
    await page.waitForURL('**/grants?done=given**');
    await look('shared', ['Grant given', 'park_support', 'park_turnout', 'park_yard_sign']);
    await page.goto(`${base}/incidents/new?page=%2Fnc`);
    await look('report', ['I can see something I should not']);
    session = await page.context().storageState();
  });

  await inContext('access-director-again', { viewport: DESKTOP, colorScheme: 'dark' }, people['Sam Whitfield'], async (page, look) => {
    await page.goto(`${base}/nc/find`);
    await page.getByRole('searchbox').fill(stateId);
    await page.getByRole('button', { name: 'Find' }).click();
    await page.waitForURL('**/voters/**');
    await page.getByRole('link', { name: 'Who saw this voter' }).click();
    await look('who-saw', ['Who saw this voter', stateId, 'Was shown the voter', 'Park for House', 'Asked about this voter']);
    await page.goto(`${base}/grants`);
    await page.getByRole('link', { name: 'Revoke the grant to Park for House' }).click();
    await look('revoke', ['Revoke this grant?']);
    await page.getByRole('button', { name: 'Revoke it now' }).click();
    await look('revoked', ['Revoked', 'Restore …']);
    await page.goto(`${base}/log`);
    await look('log', ['Grant revoked', 'Check it yourself', 'Paste this into a terminal']);
  });

  // What was granted is gone; what is the campaign's own stays.
  await inContext('access-manager-after', { viewport: PHONE, storageState: session }, null, async (page, look) => {
    await page.goto(base + voter);
    await page.getByRole('heading', { name: 'The grant has ended' }).waitFor();
    await page.getByText('park_support').first().waitFor();
    await absent(page, [stateId, 'Residence', 'DURHAM', 'ORANGE', 'No vote is on file', 'None since the first snapshot']);
    await look('ended', ['Harbor Party of North Carolina revoked its grant']);
    await page.goto(`${base}/nc`);
    await look('ended-state', ['The grant has ended']);
    await absent(page, ['Load the first list']);
  });

  for (const [name, sees, not] of [
    ['Mateo Rivera', 'North Carolina', 'Virginia'],
    ['Vera Calloway', 'Load your first list', 'North Carolina:'],
    ['Ike Ferrand', 'Nothing here yet', 'North Carolina'],
    ['Nora Lindqvist', 'North Carolina', 'Nothing here yet'],
  ]) {
    await inContext(`access-${name.split(' ')[0].toLowerCase()}`, { viewport: PHONE }, people[name], async (page, look) => {
      await look('overview', [sees]);
      if (name !== 'Vera Calloway') await absent(page, [not]);
    });
  }
}
