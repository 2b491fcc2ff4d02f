// Read-only, for operators: what a browser is logged in with is sent along with requests of other pages, too, so nothing
// here changes anything, and no other page can read it.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Door, identifyViewer } from '../http/caller.ts';
import { HttpError, sendJson } from '../http/http-error.ts';
import { HtmlRefusal } from './html-refusal.ts';
import { pageHeaders } from './page-headers.ts';
import { readStatusPage, type StatusPage } from './status-page.ts';
import type { StatusReport } from './status-report.ts';
import { StatusWatchers, type WatchedParts } from './status-watchers.ts';

/** What the page is made of. */
export interface StatusParts extends WatchedParts {
  readonly door: Door;
}

/** `/status`, the page; `/status/data`, what it shows; `/status/events`, the same whenever it changes. */
export class StatusEndpoint {
  readonly #door: Door;
  readonly #report: StatusReport;
  readonly #watchers: StatusWatchers;
  #page: Promise<StatusPage> | undefined;

  constructor(parts: StatusParts) {
    this.#door = parts.door;
    this.#report = parts.report;
    this.#watchers = new StatusWatchers(parts);
  }

  /** Serves a request below `/status`. Throws an HttpError for what is refused. */
  async serve(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> {
    for (const [name, value] of Object.entries(pageHeaders)) response.setHeader(name, value);
    if (pathname === '/status' || pathname === '/status/') return this.#servePage(request, response);
    expectOwnPage(request);
    this.#expectOperator(request);
    expectGet(request, response);
    const address = new URL(request.url ?? '', 'http://gateway').searchParams.get('agent') ?? undefined;
    if (pathname === '/status/data') {
      await this.#report.refresh();
      return sendJson(response, 200, this.#report.snapshot(address));
    }
    if (pathname !== '/status/events')
      throw new HttpError(404, 'not_found', 'there are /status, /status/data and /status/events here');
    if (request.method === 'HEAD') return void response.writeHead(200, eventHeaders).end();
    for (const [name, value] of Object.entries(eventHeaders)) response.setHeader(name, value);
    return this.#watchers.add(response, address);
  }

  async #servePage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      this.#expectOperator(request);
    } catch (error) {
      if (!(error instanceof HttpError) || !readsHtml(request)) throw error;
      throw new HtmlRefusal(error);
    }
    expectGet(request, response);
    this.#page ??= readStatusPage();
    const { html, policy } = await this.#page;
    response.setHeader('content-security-policy', policy);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
  }

  #expectOperator(request: IncomingMessage): void {
    const { principal } = identifyViewer(request, this.#door);
    if (this.#door.operators.includes(principal)) return;
    const sentence = `only operators may look here, and ${principal} is none: gateway.operators names them`;
    throw new HttpError(403, 'forbidden', sentence);
  }
}

/** After `x-accel-buffering` nginx does not hold events back. */
const eventHeaders = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' };

/** Throws 403 for what a page of another origin has a browser ask for, as an image or a script: it could fill the places of those who watch. */
function expectOwnPage({ headers }: IncomingMessage): void {
  const site = headers['sec-fetch-site'] ?? 'none';
  if (site === 'same-origin' || site === 'none') return;
  throw new HttpError(403, 'forbidden_site', 'only the status page itself may ask for this: open /status');
}

function expectGet({ method = '' }: IncomingMessage, response: ServerResponse): void {
  if (method === 'GET' || method === 'HEAD') return;
  response.setHeader('allow', 'GET, HEAD');
  throw new HttpError(405, 'method_not_allowed', 'use GET here');
}

function readsHtml({ headers }: IncomingMessage): boolean {
  return headers.accept?.includes('text/html') === true;
}
