import { rawMembers } from '../rpc/raw-json.ts';
import { writeObject } from '../rpc/raw-object.ts';
import { version } from '../version.ts';

/** What a client can do, as far as it changes what a server does; a member for each that is nothing but a word. */
const capabilityNames = ['roots', 'sampling', 'elicitation'];

/**
 * The params of the `initialize` that a server gets for a client: the client's own, in the revision of its session. Where
 * the agent carries what may not be sent to the server, nothing but what the client can do.
 */
export function clientHello(
  params: string,
  { protocolVersion, isConfined }: { readonly protocolVersion: string; readonly isConfined: boolean },
): string {
  const members = rawMembers(params);
  members.set('protocolVersion', JSON.stringify(protocolVersion));
  if (isConfined) {
    const said = members.get('capabilities') ?? '{}';
    const offered = said.startsWith('{') ? rawMembers(said) : new Map();
    const known = capabilityNames.filter((name) => offered.has(name)).map((name) => [name, {}]);
    members.clear();
    members.set('protocolVersion', JSON.stringify(protocolVersion));
    members.set('capabilities', JSON.stringify(Object.fromEntries(known)));
    members.set('clientInfo', JSON.stringify({ name: 'sluice', version }));
  }
  return writeObject(members);
}
