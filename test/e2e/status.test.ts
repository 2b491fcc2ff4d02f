/** The status page of a real gateway in a real browser. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { noBrowser, openBrowser } from '../harness/browser.ts';
import { scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { playScene, sceneFor, scriptedServer } from '../harness/status-scene.ts';
import { callTool, outcomeOf } from '../harness/tool-result.ts';

const keys = { olga: 'the-key-of-the-operator', bob: 'the-key-of-bob-and-his-agents' };
const operator = { username: 'anything', password: keys.olga };

let browser: Browser;

/** A page of a browser that is logged in, and what went wrong on it. */
async function openPage(
  url: string,
  httpCredentials: { username: string; password: string } | undefined = operator,
): Promise<{ page: Page; problems: string[] }> {
  const context = await browser.newContext({ ...(httpCredentials && { httpCredentials }) });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', ({ message }) => problems.push(message));
  page.on('dialog', (dialog) => {
    problems.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  await page.goto(url);
  return { page, problems };
}

suite('the status page in a browser', { skip: noBrowser }, () => {
  let gateway: RunningGateway;

  before(async () => {
    const setup = sceneFor('bob');
    const settings = { ...setup.gateway, keys, operators: ['olga'] };
    [browser, gateway] = await Promise.all([
      openBrowser(),
      RunningGateway.start({ ...setup, gateway: settings }),
    ]);
    await gateway.ready();
  });
  after(async () => {
    await browser.close();
    await gateway[Symbol.asyncDispose]();
  });

  test('lets in nobody but an operator', async () => {
    const { page: refused } = await openPage(`${gateway.url}/status`, {
      username: 'olga',
      password: keys.bob,
    });
    await refused.getByText('only operators may look here, and bob is none').waitFor();
    await refused.context().close();
  });

  test('shows what an agent does while it does it, and which read tainted it', async () => {
    const { page, problems } = await openPage(`${gateway.url}/status`);
    await page.getByText('No agent has called yet.').waitFor();
    await page.getByText('7 servers ready').waitFor();
    await playScene(gateway, { run: 'release-42', key: keys.bob });
    const agent = page.getByRole('button', { name: 'bob / release-42' });
    await agent.getByText('16 calls · 3 denied · 1 item withheld · 1 privilege used').waitFor();
    await agent.getByText('customers').waitFor();
    const flow = page.locator('#flow');
    await flow.getByRole('heading', { name: 'Flow of labels: bob / release-42' }).waitFor();
    await flow.getByText(/It carries 1 secrecy tag; “customers” came by tickets: read_ticket at /).waitFor();
    assert.deepEqual(await flow.locator('.gutter-row').allTextContents(), [
      'hr:salaries',
      'customers',
      'team:reviewed',
    ]);
    const denied = flow.getByRole('button', { name: /2 in a row, .* outbox: post, denied AUDIENCE/ });
    await denied.click();
    const detail = flow.locator('.detail');
    await detail.getByText('In the way').waitFor();
    assert.match(await detail.innerText(), /Because of\s+“hr:salaries” came by payroll: read_salaries at /);
    await denied.focus();
    await page.keyboard.press('ArrowRight');
    await detail.getByText('the privilege “salaries-released” was used').waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    assert.match(
      await detail.innerText(),
      /deploys: deploy[\s\S]*“team:reviewed” went by tickets: read_ticket at /,
    );
    const recent = (await page.locator('#recent tr').nth(1).innerText()).replaceAll(/\s+/g, ' ');
    assert.match(
      recent,
      /bob \/ release-42 deploys: deploy denied WRITE_INTEGRITY in the way: “team:reviewed”/,
    );
    assert.deepEqual(problems, []);
    await page.context().close();
  });

  test('says all of the picture in words, too', async () => {
    const client = await gateway.connect('payroll', { run: 'words', key: keys.bob });
    const { tools } = await client.listTools();
    await callTool(client, 'read_salaries', {});
    const { page, problems } = await openPage(`${gateway.url}/status#agent=bob%2Fwords`);
    await page.getByText('All of it as text').click();
    await page.getByText(/^secrecy “hr:salaries”: by payroll: read_salaries at .*; it holds now$/).waitFor();
    await page
      .getByText('integrity “team:reviewed”: granted by a guard when the session began; it holds now')
      .waitFor();
    const rows = page.locator('#flow tbody tr');
    await page
      .locator('.card', { hasText: 'payroll' })
      .getByText(`reached · ${tools.length} tools`)
      .waitFor();
    await page.locator('#guards').getByText('ready').waitFor();
    assert.match(await page.locator('#guards td.digest').innerText(), /^[0-9a-f]{16}$/);
    assert.match(
      await rows.last().innerText(),
      /payroll: read_salaries\s+read allowed\s+became secret by “hr:salaries”/,
    );
    assert.deepEqual(problems, []);
    await page.context().close();
  });

  test('stays readable with 600 events: the last are drawn and listed, those before are counted', async () => {
    const who = { run: 'busy', key: keys.bob };
    const [reads, writes] = await Promise.all([
      gateway.connect('handbook', who),
      gateway.connect('outbox', who),
    ]);
    for (let i = 0; i < 300; i++) {
      await callTool(reads, 'read_page', {});
      await callTool(writes, 'post', {});
    }
    const { page, problems } = await openPage(`${gateway.url}/status#agent=bob%2Fbusy`);
    await page.getByText('after 480 earlier events').waitFor();
    assert.equal(await page.locator('.event').count(), 120);
    await page.getByText('All of it as text').click();
    assert.equal(await page.locator('#flow tbody tr').count(), 501);
    await page.getByText(/^100 earlier events are not kept\.$/).waitFor();
    const isWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
    assert.equal(isWide, false);
    assert.deepEqual(problems, []);
    await page.context().close();
  });

  test('comes back by itself when the gateway was away', async () => {
    const handbook = scriptedServer('read_page', {});
    const setup = { mcpServers: { handbook }, guards: { scripted: scriptedGuard } };
    await using first = await RunningGateway.start(setup);
    const { page } = await openPage(`${first.url}/status`);
    const state = page.locator('#state');
    await state.getByText('live', { exact: true }).waitFor();
    const { port } = first;
    await first.stop('SIGKILL');
    await state.getByText(/trying again/).waitFor();
    await using _ = await RunningGateway.start({ ...setup, listen: `127.0.0.1:${port}` });
    await state.getByText('live', { exact: true }).waitFor();
    await page.context().close();
  });

  test('shows hostile words as words', async () => {
    const markup = '<img src=x onerror=alert(1)>';
    const tool = `"><script>alert(2)</script>${markup}${'y'.repeat(10_000)}`;
    const secrecy = [
      markup,
      '\u202egnp.evil\u2066',
      '</title><svg onload=alert(3)>',
      `long ${'x'.repeat(500)}`,
    ];
    const evil = scriptedServer(tool, { mode: 'propagate', resource: { secrecy } });
    await using other = await RunningGateway.start({
      guards: { scripted: scriptedGuard },
      mcpServers: { evil },
    });
    const run = '<img/src=x/onerror=alert(4)>';
    assert.equal(outcomeOf(await other.call('evil', tool, { run })), 'result');
    const { page, problems } = await openPage(`${other.url}/status`);
    await page.getByRole('button', { name: `anonymous / ${run}` }).waitFor();
    await page.getByRole('heading', { name: `Flow of labels: anonymous / ${run}` }).waitFor();
    await page.locator('.gutter-row', { hasText: markup }).waitFor();
    await page.locator('.gutter-row', { hasText: '\\u{202e}gnp.evil\\u{2066}' }).waitFor();
    await page.locator('#recent', { hasText: tool.slice(0, 256) }).waitFor();
    assert.equal(await page.locator('img, main script, svg[onload]').count(), 0);
    assert.doesNotMatch(await page.locator('body').innerText(), /[\u202a-\u202e\u2066-\u2069]/);
    assert.equal((await page.locator('.gutter-row', { hasText: 'long xxx' }).textContent())?.length, 121);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth > innerWidth'), false);
    assert.deepEqual(problems, []);
    await page.context().close();
  });
});
