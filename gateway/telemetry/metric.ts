import { attribute } from './attributes.ts';

/** What is measured, and how: `kind` is the instrument, and those that are read are read when metrics are collected. */
export interface Metric {
  readonly name: string;
  readonly kind: 'histogram' | 'counter' | 'level' | 'gauge' | 'read-counter' | 'read-level';
  readonly unit: string;
  readonly description: string;
}

/** Every metric of the gateway. Those that begin with `mcp.` are OpenTelemetry's (semantic conventions for MCP). */
export const metric = {
  serverOperation: {
    name: 'mcp.server.operation.duration',
    kind: 'histogram',
    unit: 's',
    description: 'How long requests of clients took, from their arrival to their answer',
  },
  clientOperation: {
    name: 'mcp.client.operation.duration',
    kind: 'histogram',
    unit: 's',
    description: 'How long servers took for requests, those of guards included',
  },
  serverSession: {
    name: 'mcp.server.session.duration',
    kind: 'histogram',
    unit: 's',
    description: 'How long MCP sessions of clients lasted',
  },
  openSessions: {
    name: 'sluice.mcp.session.count',
    kind: 'level',
    unit: '{session}',
    description: 'MCP sessions that clients have open',
  },
  agentSessions: {
    name: 'sluice.agent.session.count',
    kind: 'read-level',
    unit: '{session}',
    description: 'Agent sessions: principals and runs, whose labels are held',
  },
  guardQuestion: {
    name: 'sluice.guard.question.duration',
    kind: 'histogram',
    unit: 's',
    description: 'How long the gateway waited for answers of guards; error.type where it got none',
  },
  guardRead: {
    name: 'sluice.guard.read.duration',
    kind: 'histogram',
    unit: 's',
    description: 'How long the gateway took for what guards wanted to read, by what they were told',
  },
  decisions: {
    name: 'sluice.difc.decisions',
    kind: 'counter',
    unit: '{decision}',
    description: 'What became of calls, other requests and messages that were judged',
  },
  withheld: {
    name: 'sluice.difc.withheld',
    kind: 'counter',
    unit: '{item}',
    description: `Items of results that were withheld, by ${attribute.withheldBy}`,
  },
  privilegeUses: {
    name: 'sluice.privilege.uses',
    kind: 'counter',
    unit: '{use}',
    description: 'Uses of privileges: agents lost secrecy, or gained integrity',
  },
  serverStatus: {
    name: 'sluice.server.status',
    kind: 'read-level',
    unit: '{server}',
    description: `1 for the state that the server and its guard are in, 0 for the others (${attribute.serverState})`,
  },
  serverExits: {
    name: 'sluice.server.exits',
    kind: 'counter',
    unit: '{process}',
    description: 'Processes of servers that ended though nobody had closed them',
  },
  breakerOpen: {
    name: 'sluice.server.breaker.open',
    kind: 'gauge',
    unit: '{breaker}',
    description: '1 while the server is left alone, since it said that it is called too often',
  },
  sidecarExits: {
    name: 'sluice.sidecar.exits',
    kind: 'counter',
    unit: '{process}',
    description: 'Ends of a sidecar of the gateway’s own that nobody asked for; it was started again',
  },
  auditDelay: {
    name: 'sluice.audit.delay',
    kind: 'histogram',
    unit: 's',
    description: 'From an event to its line in the trail: of each write, the event that had waited longest',
  },
  auditLines: {
    name: 'sluice.audit.lines',
    kind: 'read-counter',
    unit: '{line}',
    description: 'Events written into the audit trail',
  },
  auditLost: {
    name: 'sluice.audit.lost',
    kind: 'read-counter',
    unit: '{event}',
    description: 'Events that nobody will find in the audit trail',
  },
  auditWaiting: {
    name: 'sluice.audit.waiting',
    kind: 'read-level',
    unit: '{event}',
    description: 'Events that wait to be written into the audit trail',
  },
  auditWritable: {
    name: 'sluice.audit.writable',
    kind: 'read-level',
    unit: '{trail}',
    description: '1 while the audit trail can be written, 0 while it cannot',
  },
} as const satisfies Readonly<Record<string, Metric>>;

/** A metric by its key here. */
export type MetricKey = keyof typeof metric;

/** Those of some kinds. */
export type MetricOf<Kind extends Metric['kind']> = {
  [Key in MetricKey]: (typeof metric)[Key]['kind'] extends Kind ? Key : never;
}[MetricKey];
