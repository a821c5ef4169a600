import { type Browser } from 'playwright-core';
/** Why the browser tests are skipped: only if there is no browser, the user opted out, and this is not CI. */
export declare const skipReason: string | undefined;
/** Throws an Error that says how to install Chromium if there is none. @param flags more of them, for Chromium */
export declare function launchBrowser(...flags: readonly string[]): Promise<Browser>;
