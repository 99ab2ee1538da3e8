// What every page must keep, whatever it shows.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const problems = [];

export function problem(where, what) {
  problems.push(`${where}: ${what}`);
  console.error(`  ✕ ${where}: ${what}`);
}

// Console errors and failed requests of a browser context, from its first page on.
export function listen(context, name) {
  context.on('page', (page) => {
    page.on('pageerror', (error) => problem(`${name} ${page.url()}`, `script error: ${error.message}`));
    page.on('console', (message) => {
      const isExpected = page.expectsStatus && /Failed to load resource/.test(message.text());
      if (message.type() === 'error' && !isExpected) problem(`${name} ${page.url()}`, `console: ${message.text()}`);
    });
    page.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? '';
      // A page that is left while it polls, and a link that answers with a file, are no failures.
      if (!/ERR_ABORTED/.test(reason)) problem(`${name} ${request.url()}`, `request failed: ${reason}`);
    });
  });
}

// A screenshot, and every check that fits any page. `content` are texts that must be there.
export async function check(page, name, folder, content = []) {
  const where = `${name} ${new URL(page.url()).pathname}`;
  const text = await page.locator('body').innerText();
  for (const wanted of content) {
    const found = wanted instanceof RegExp ? wanted.test(text) : text.includes(wanted);
    if (!found) problem(where, `missing content: ${wanted}`);
  }
  const shape = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    title: document.title,
    headings: document.querySelectorAll('h1').length,
    unstyled: getComputedStyle(document.body).display !== 'flex',
    inline: document.querySelectorAll('[style], style, script:not([src])').length,
    unsound: [...document.querySelectorAll('a[href=""], a[href="#"]')].length,
  }));
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  if (shape.wide > 0) problem(where, `wider than the window by ${shape.wide} pixels`);
  if (!shape.title.endsWith('Hustings')) problem(where, `title: ${shape.title}`);
  if (shape.headings !== 1) problem(where, `${shape.headings} first headings`);
  if (shape.unstyled) problem(where, 'the stylesheet did not apply');
  if (shape.inline > 0) problem(where, `${shape.inline} inline styles or scripts`);
  if (shape.unsound > 0) problem(where, `${shape.unsound} links to nowhere`);
  if (/undefined|NaN|\{\{|Some\(|None\b|inf%/.test(text)) problem(where, `leftover: ${text.match(/.{0,30}(undefined|NaN|\{\{|Some\(|None\b|inf%).{0,30}/)[0]}`);
  await page.evaluate(axe);
  const result = await page.evaluate(() => globalThis.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  for (const violation of result.violations) {
    const nodes = violation.nodes.slice(0, 3).map((node) => `${node.target} (${node.failureSummary?.split('\n')[1]?.trim()})`);
    problem(where, `axe ${violation.id}: ${nodes.join(' | ')}`);
  }
  console.log(`  ✓ ${where}`);
}
