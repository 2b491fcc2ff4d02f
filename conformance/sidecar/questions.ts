import type { BackendResult } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { expectEqual, expectThat } from '../check.ts';
import type { ClientStream, Question } from './client-stream.ts';

/** `label_resource` of a tool; the kit's guard does what the tool is called. */
export function resource(tool: string, args: string | Buffer = '{}'): Question {
  return { $case: 'labelResource', value: { toolName: tool, toolArgs: Buffer.from(args) } };
}

/** `label_response` of a tool. */
export function response(tool: string, result: string | Buffer = '{"content":[]}'): Question {
  const value = { toolName: tool, toolArgs: Buffer.from('{}'), toolResult: Buffer.from(result) };
  return { $case: 'labelResponse', value };
}

/** A backend's result. */
export function json(value: unknown): NonNullable<BackendResult['outcome']> {
  return { $case: 'json', value: Buffer.from(JSON.stringify(value)) };
}

/** A backend's result that makes the kit's guard answer with labels that have this description. */
export function described(description: string): NonNullable<BackendResult['outcome']> {
  return json({ resource: { description, secrecy: [], integrity: [] }, operation: 'read' });
}

/** Waits for the answer to a question, and expects this description of it. */
export async function expectDescription(stream: ClientStream, id: number, expected: string): Promise<void> {
  const labels = await stream.answer(id);
  expectThat(labels.$case === 'resource', `the answer to label_resource is of the kind ${labels.$case}`);
  expectEqual('the description', labels.value.resource?.description, expected);
}

/** Expects that a session still answers: a question with this id, which was not used yet. */
export async function expectAlive(stream: ClientStream, id: number): Promise<void> {
  stream.ask(id, resource('plain'));
  await expectDescription(stream, id, 'plain');
}
