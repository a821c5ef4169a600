/** A process that reads the page's files, and strips the types of its modules, for `readPageAssets`. */
import { collectPageAssets } from './assets.ts';

const assets = await collectPageAssets();
const sent = [...assets].map(([url, { contentType, body }]) => [
  url,
  contentType,
  Buffer.from(body).toString('base64'),
]);
process.stdout.write(JSON.stringify(sent));
