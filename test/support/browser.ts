import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

/** False where the tests that need a browser are skipped; they say so once. */
export const hasBrowser = existsSync(executablePath);
if (!hasBrowser) {
  console.warn(`Skipped: there is no ${executablePath}. Install Chromium, or say by CHROMIUM_PATH where it is.`);
}

/** Headless, and asking nobody for anything by itself. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
