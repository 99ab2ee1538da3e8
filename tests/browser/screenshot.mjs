// Loads the delivery that waits in the demo's inbox and takes the README's picture of its load report.
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [base, out] = [process.argv[2].replace(/\/$/, ''), process.argv[3]];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1280, height: 1000 }, deviceScaleFactor: 1.5 });
page.setDefaultTimeout(600_000);
await page.goto(`${base}/nc/load`);
await page.getByRole('button', { name: 'Load it' }).click();
await page.waitForURL('**/snapshots/**');
await page.screenshot({ path: join(out, 'load-report.png') });
await browser.close();
