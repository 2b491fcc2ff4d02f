import { isModernVersion, modernVersions } from '../modern/modern-version.ts';
import { rawElements, rawMembers } from '../rpc/raw-json.ts';
import { withMembers } from '../rpc/raw-object.ts';
import { stringFrom } from '../rpc/rpc-message.ts';
import { version } from '../version.ts';

const serverInfo = 'io.modelcontextprotocol/serverInfo';

/** What stands for the answer to `server/discover` of a server that is not there: it has tools. */
export function absentDiscovery(serverName: string): string {
  return JSON.stringify({
    supportedVersions: modernVersions,
    capabilities: { tools: {} },
    _meta: { [serverInfo]: { name: serverName, version } },
  });
}

/**
 * A server's answer as the gateway's own: it supports the revisions that both speak, and those that begin with `initialize`.
 * The server's bytes where that changes nothing.
 */
export function discovery(result: string): string {
  const said = rawMembers(result).get('supportedVersions');
  const versions = said?.startsWith('[') ? rawElements(said).map((text) => stringFrom(text)) : [];
  const shared = versions.filter(
    (each) => modernVersions.some((ours) => ours === each) || !isModernVersion(each),
  );
  const isOurs = shared.length === versions.length && modernVersions.some((ours) => shared.includes(ours));
  if (isOurs) return result;
  const supported = new Set([...modernVersions, ...shared]);
  return withMembers(result, [['supportedVersions', JSON.stringify([...supported])]]);
}
