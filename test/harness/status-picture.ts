/** Takes the picture of the status page in the documents: `node test/harness/status-picture.ts docs/status.png`. */
import { openBrowser } from './browser.ts';
import { RunningGateway } from './running-gateway.ts';
import { playScene, sceneFor } from './status-scene.ts';

await using gateway = await RunningGateway.start(sceneFor('anonymous'));
await gateway.ready();
await gateway.call('handbook', 'read_page', { run: 'triage-7' });
await gateway.call('tickets', 'read_ticket', { run: 'triage-7' });
await gateway.call('handbook', 'read_page', { run: 'nightly' });
await playScene(gateway, { run: 'release-42' });
const browser = await openBrowser();
const page = await browser.newPage({ viewport: { width: 1200, height: 800 }, colorScheme: 'light' });
await page.goto(`${gateway.url}/status`);
await page.locator('.event.picked').waitFor();
await page.screenshot({ path: process.argv[2] ?? 'status.png' });
await browser.close();
