// What stands beside the flow: servers with their guards, agents, and what was decided last.

/** @import { AgentStatus, GuardStatus, ServerStatus, StatusSnapshot } from '../snapshot.ts' */
/** @import { TagList } from '../mark.ts' */
import { element, inlineSign } from './elements.js';
import { agentName, changeWords, counted, kindOf, outcomeWords, tagWords, timeOf, visible } from './words.js';

/** @param {ServerStatus} server */
export function serverCard({
  name,
  transport,
  place,
  state,
  reason,
  isReached,
  guard,
  mode,
  toolCount,
  audience,
}) {
  const tools = toolCount === undefined ? [] : [counted(toolCount, 'tool')];
  const reached = isReached === null ? 'not tried yet' : isReached ? 'reached' : 'not reached';
  const facts = [`${transport} (${visible(place)})`, reached, ...tools].join(' · ');
  return element(
    'li',
    { class: `card ${state}` },
    element(
      'strong',
      {},
      element('span', { class: 'dot', 'aria-hidden': 'true' }),
      element('bdi', {}, visible(name)),
      element('span', { class: 'state' }, state),
    ),
    element('span', { class: 'facts' }, facts),
    element(
      'span',
      { class: 'facts' },
      'guard ',
      element('bdi', {}, visible(guard)),
      mode === undefined ? '' : `, ${mode}`,
    ),
    element(
      'span',
      { class: 'facts' },
      `may be sent: ${audience.tags.includes('*') ? 'anything' : tagWords(audience) || 'nothing secret'}`,
    ),
    reason === undefined ? undefined : element('span', { class: 'reason' }, visible(reason)),
  );
}

/** How the servers are, in a few words. @param {readonly ServerStatus[]} servers */
export function healthOf(servers) {
  const ill = servers.filter(({ state }) => state === 'unavailable').map(({ name }) => visible(name));
  const starting = servers.filter(({ state }) => state === 'starting').length;
  if (ill.length > 3)
    return { state: 'lost', words: `${ill.length} of ${counted(servers.length, 'server')} unavailable` };
  if (ill.length > 0) return { state: 'lost', words: `unavailable: ${ill.join(', ')}` };
  if (starting > 0) return { state: '', words: `${counted(starting, 'server')} starting` };
  return { state: 'live', words: `${counted(servers.length, 'server')} ready` };
}

/** @param {GuardStatus} guard */
export function guardRow({ name, isReady, reason, digests, servers }) {
  return element(
    'tr',
    {},
    element('td', {}, element('bdi', {}, visible(name))),
    element(
      'td',
      { class: isReady ? 'ready' : 'unavailable' },
      isReady ? 'ready' : visible(reason ?? 'not asked yet'),
    ),
    element(
      'td',
      { class: 'digest' },
      digests.length === 0 ? 'built in, or not had yet' : digests.map((each) => each.slice(0, 16)).join(', '),
    ),
    element('td', {}, element('bdi', {}, servers.map(visible).join(', '))),
  );
}

/** @param {AgentStatus} agent @param {string | undefined} picked */
export function agentButton(agent, picked) {
  const { address, secrecy, integrity, usedMs, counts } = agent;
  const numbers = [counted(counts.decisions, 'call')];
  if (counts.denied > 0) numbers.push(`${counts.denied} denied`);
  if (counts.failed > 0) numbers.push(`${counts.failed} failed`);
  if (counts.withheld > 0) numbers.push(`${counted(counts.withheld, 'item')} withheld`);
  if (counts.privileges > 0) numbers.push(`${counted(counts.privileges, 'privilege')} used`);
  const button = element(
    'button',
    {
      type: 'button',
      'data-key': `agent-${address}`,
      'aria-pressed': String(address === picked),
      title: `since ${timeOf(agent.startedMs)}`,
    },
    element('strong', {}, element('bdi', {}, agentName(agent))),
    element('span', { class: 'facts' }, `${numbers.join(' · ')} · last used ${timeOf(usedMs)}`),
    element('span', { class: 'chips' }, ...chips(secrecy, 'secrecy'), ...chips(integrity, 'integrity')),
  );
  return element('li', {}, button);
}

/** @param {TagList} list @param {string} kind */
function chips({ tags, more }, kind) {
  const shown = tags
    .slice(0, 4)
    .map((tag) => element('bdi', { class: `chip ${kind}`, title: `${kind}: ${visible(tag)}` }, visible(tag)));
  const others = tags.length - shown.length + more;
  return others > 0 ? [...shown, element('span', { class: `chip ${kind}` }, `and ${others} more`)] : shown;
}

/** @param {StatusSnapshot} snapshot */
export function recentRows({ recent, words }) {
  return recent.map((mark) => {
    const why =
      mark.inTheWay === undefined ? words[mark.reason ?? '']?.rule : `in the way: ${tagWords(mark.inTheWay)}`;
    return element(
      'tr',
      { class: kindOf(mark) },
      element('td', { class: 'time' }, timeOf(mark.timeMs)),
      element('td', {}, element('bdi', {}, agentName(mark))),
      element('td', {}, element('bdi', { class: 'call' }, `${visible(mark.server)}: ${visible(mark.tool)}`)),
      element(
        'td',
        {},
        element('span', { class: 'outcome' }, inlineSign(kindOf(mark)), outcomeWords(mark)),
        why === undefined ? undefined : element('span', { class: 'why' }, why),
      ),
      element('td', {}, changeWords(mark).join('; ')),
    );
  });
}
