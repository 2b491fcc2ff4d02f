import type { ServerResponse } from 'node:http';
import { HttpError } from '../http/http-error.ts';

/** A refusal for somebody who sits before a browser. */
export class HtmlRefusal extends HttpError {
  constructor({ status, code, message, headers }: HttpError) {
    super(status, code, message, headers);
  }

  override send(response: ServerResponse): void {
    const again =
      this.status === 403
        ? '<p>To log in with another key, open a private window: this one keeps the first.'
        : '';
    response.writeHead(this.status, { 'content-type': 'text/html; charset=utf-8', ...this.headers });
    response.end(
      `<!doctype html><html lang="en"><title>Sluice</title><h1>Not for everybody</h1><p>${escaped(this.message)}.${again}`,
    );
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
