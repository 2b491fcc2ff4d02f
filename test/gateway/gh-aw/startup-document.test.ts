import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startupDocument } from '../../../gateway/gh-aw/startup-document.ts';
import { type Around, readJson, readToml, remote, withServers } from './gh-aw-reader.ts';

/** The document of a configuration whose gateway got port 4000. */
function documentOf(around: Around = {}, listeningPort = 4000): unknown {
  const { config, announcement } = readJson(
    withServers({ a: remote(), b: remote({ tools: ['get'] }) }),
    around,
  );
  return JSON.parse(startupDocument(config, announcement, listeningPort));
}

suite('the document on standard output', () => {
  test('has the route of each server, with the key as clients send it', () => {
    const headers = { Authorization: 'a-key-of-the-tests' };
    assert.deepEqual(documentOf(), {
      mcpServers: {
        a: { type: 'http', url: 'http://localhost:8080/mcp/a', headers },
        b: { type: 'http', url: 'http://localhost:8080/mcp/b', headers, tools: ['get'] },
      },
    });
  });

  test('has one route for all where the gateway is unified', () => {
    const headers = { Authorization: 'a-key-of-the-tests' };
    const url = 'http://localhost:8080/mcp';
    assert.deepEqual(documentOf({ flags: { unified: '' } }), {
      mcpServers: { a: { type: 'http', url, headers }, b: { type: 'http', url, headers, tools: ['get'] } },
    });
  });

  test('has the port that was found where any free one was asked for', () => {
    assert.match(JSON.stringify(documentOf({ flags: { listen: '127.0.0.1:0' } })), /localhost:4000/);
  });

  test('has the address that the gateway listens on where no name is configured', () => {
    const { config, announcement } = readToml('[servers.a]\nurl = "http://a"', {
      flags: { listen: '[::1]:3000' },
    });
    assert.match(startupDocument(config, announcement, 3000), /"http:\/\/\[::1\]:3000\/mcp\/a"/);
  });

  test('is https where the gateway speaks TLS', () => {
    const { config, announcement } = readJson(withServers({ a: remote() }));
    assert.match(startupDocument(config, { ...announcement, isTls: true }, 1), /"https:\/\/localhost:8080/);
  });
});
