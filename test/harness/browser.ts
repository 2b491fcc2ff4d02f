/** A real browser, as it is installed on this machine. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = places.find((path) => existsSync(path));

/** Why no page can be looked at here; false where one can. For the option `skip` of a test. */
export const noBrowser =
  executablePath === undefined ? `NO BROWSER: none of ${places.join(', ')}; apt-get install chromium` : false;

/** Starts it without a screen. Its own sandbox needs rights that containers seldom have; it loads pages of tests only. */
export async function openBrowser(): Promise<Browser> {
  if (executablePath === undefined) throw new Error(String(noBrowser));
  return await chromium.launch({
    executablePath,
    headless: true,
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
}
