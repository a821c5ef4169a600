import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const candidates = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const chromiumPath = candidates.find((path) => existsSync(path));

/** Throws an Error that says how to install Chromium if there is none. @param flags more of them, for Chromium */
export async function launchBrowser(...flags: readonly string[]): Promise<Browser> {
  if (chromiumPath === undefined) {
    throw new Error(
      'The page is tested in Chromium, which is not installed. Debian and Ubuntu: apt-get install chromium. ' +
        'macOS: brew install --cask google-chrome.',
    );
  }
  // In a container there is neither a sandbox for root nor a large /dev/shm.
  return chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-dev-shm-usage', ...flags] });
}
