// Keeps the page as the gateway says it is now.

/** @import { StatusSnapshot } from '../snapshot.ts' */
import { element, replaceContent } from './elements.js';
import { FlowPanel } from './flow-panel.js';
import { agentButton, guardRow, healthOf, recentRows, serverCard } from './tables.js';

/** After an answer that was a refusal, in milliseconds; a connection that broke the browser opens again itself. */
const retryMs = 5_000;

const panel = new FlowPanel(place('flow'));
/** @type {EventSource | undefined} */
let source;
/** @type {StatusSnapshot | undefined} */
let latest;
/** Whose flow is shown. @type {string | undefined} */
let picked = new URLSearchParams(location.hash.slice(1)).get('agent') ?? undefined;

/** @param {string} id */
function place(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no ${id}`);
  return found;
}

/** @param {string} state @param {string} words @param {string} id */
function tellState(state, words, id = 'state') {
  const pill = place(id);
  pill.className = `pill ${state}`;
  if (pill.textContent !== words) pill.textContent = words;
}

function open() {
  source?.close();
  const query = picked === undefined ? '' : `?${new URLSearchParams({ agent: picked })}`;
  const opened = new EventSource(`/status/events${query}`);
  source = opened;
  opened.addEventListener('status', ({ data }) => {
    tellState('live', 'live');
    show(JSON.parse(data));
  });
  opened.addEventListener('error', () => {
    if (opened.readyState === EventSource.CLOSED) void explain(opened);
    else tellState('lost', 'connection lost: trying again');
  });
}

/** An event source does not tell what it was refused with. @param {EventSource} refused */
async function explain(refused) {
  const words = await refusal().catch(() => 'the gateway cannot be reached: trying again');
  tellState('lost', words);
  setTimeout(() => refused === source && open(), retryMs);
}

/** @returns {Promise<string>} */
async function refusal() {
  const response = await fetch('/status/events');
  if (!response.ok) return (await response.json()).message;
  await response.body?.cancel();
  return 'trying again';
}

/** @param {StatusSnapshot} snapshot */
function show(snapshot) {
  latest = snapshot;
  const { version, mode, startedMs, servers, guards, agents, agentCount } = snapshot;
  // Until somebody picks one, the one that did something last.
  const [first] = agents;
  if (picked === undefined && first !== undefined) return pick(first.address);
  const floor = mode === null ? 'each guard has its own mode' : `at least ${mode}`;
  place('about').textContent = `${version} · since ${new Date(startedMs).toLocaleString()} · ${floor}`;
  const health = healthOf(servers);
  tellState(health.state, health.words, 'health');
  replaceContent(place('servers'), ...servers.map(serverCard));
  replaceContent(place('guards'), ...guards.map(guardRow));
  const hidden = agentCount - agents.length;
  const none = agents.length === 0 ? [element('li', { class: 'facts' }, 'No agent has called yet.')] : [];
  const more =
    hidden > 0
      ? [element('li', { class: 'facts' }, `${hidden} more, that were used longer ago, at /agents`)]
      : [];
  replaceContent(place('agents'), ...agents.map((agent) => agentButton(agent, picked)), ...none, ...more);
  replaceContent(place('recent'), ...recentRows(snapshot));
  panel.show(snapshot);
}

/** @param {string} address */
function pick(address) {
  picked = address;
  history.replaceState(null, '', `#${new URLSearchParams({ agent: address })}`);
  open();
}

place('agents').addEventListener('click', ({ target }) => {
  const button = target instanceof Element ? target.closest('button') : null;
  const address = button?.getAttribute('data-key')?.slice('agent-'.length);
  if (address !== undefined) pick(address);
});
addEventListener('resize', () => latest !== undefined && panel.show(latest));
open();
