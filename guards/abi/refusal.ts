import { JsonWriter } from '../json/json-writer';

/** What `label_agent` answers for a policy that the guard does not take: one sentence for the operator. */
export function refusal(sentence: string, out: usize, capacity: i32): i32 {
  return new JsonWriter(out, capacity).text('{"success":false,"error":').string(sentence).text('}').finish();
}
