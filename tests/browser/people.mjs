// The demo's people: their sign-in links, as the demo prints them, and the codes of an authenticator app.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

// `  Sam Whitfield, data director, …` and on the next line the link.
export function links(file) {
  const found = {};
  const lines = readFileSync(file, 'utf8').split('\n');
  lines.forEach((line, at) => {
    const link = lines[at + 1]?.trim() ?? '';
    if (/\/demo\/[0-9a-f]+$/.test(link)) found[line.trim().split(',')[0]] = link;
  });
  return found;
}

export async function enter(page, link) {
  await page.goto(link);
  await page.getByRole('button', { name: /^Enter as/ }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
}

// RFC 6238: what an app shows that was given this key, `steps` times 30 seconds from now.
export function totp(key, steps = 0) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let bits = '';
  for (const letter of key.replaceAll(' ', '')) bits += alphabet.indexOf(letter).toString(2).padStart(5, '0');
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac('sha1', secret).update(step).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
