/** Random outputs of guards as the ABI has them ("What the exports say"). */
import type { LabelExport } from '../../sidecar/guest/protocol.ts';
import { array, type JsonTree, object, raw, text } from './json-tree.ts';
import type { RandomChoice } from './random-choice.ts';

/** An output of this export that its parser takes; for `label_agent` it may be a refusal. */
export function guardOutput(name: LabelExport, choice: RandomChoice): JsonTree {
  switch (name) {
    case 'label_agent':
      return agentOutput(choice);
    case 'label_resource':
      return resourceOutput(choice);
    case 'label_response':
      return responseOutput(choice);
  }
}

function agentOutput(choice: RandomChoice): JsonTree {
  const mode = choice.pick(['strict', 'filter', 'propagate', 'STRICT', 'Filter']);
  const isRefusal = choice.chance(0.1);
  return object({
    agent: maybe(choice, () => labels(choice)),
    difc_mode: text(mode),
    normalized_policy: maybe(choice, () =>
      object({ scope_kind: maybe(choice, () => text('Repos')), more: anyValue(choice) }),
    ),
    success: maybe(choice, () => raw(isRefusal ? 'false' : 'true')),
    ok: maybe(choice, () => raw('true')),
    error: isRefusal ? text(choice.pick(['no such scope', ' ', 'line\none'])) : undefined,
  });
}

function resourceOutput(choice: RandomChoice): JsonTree {
  return object({
    resource: labels(choice),
    operation: maybe(choice, () => text(choice.pick(['read', 'write', 'read-write', 'delete']))),
    unknown: maybe(choice, () => anyValue(choice)),
  });
}

function responseOutput(choice: RandomChoice): JsonTree {
  const form = choice.weighted({ paths: 5, items: 5, none: 1, null: 1 });
  if (form === 'null') return raw('null');
  if (form === 'none') return object({ items: maybe(choice, () => choice.pick([array([]), raw('null')])) });
  if (form === 'items') return object({ items: array(someOf(choice, () => labeledItem(choice))) });
  return object({
    labeled_paths: array(someOf(choice, (index) => labeledPath(index, choice))),
    default_labels: maybe(choice, () => labels(choice)),
    items_path: maybe(choice, () => text(choice.pick(['', '/items', '/a~1b/0']))),
    items: maybe(choice, () => array([labeledItem(choice)])),
  });
}

function labeledPath(index: number, choice: RandomChoice): JsonTree {
  return object({ path: text(`/items/${index}`), labels: maybe(choice, () => labels(choice)) });
}

function labeledItem(choice: RandomChoice): JsonTree {
  return object({
    data: maybe(choice, () => anyValue(choice)),
    labels: maybe(choice, () => labels(choice)),
  });
}

/** A label: lists may be missing, null, or hold a tag twice. */
function labels(choice: RandomChoice): JsonTree {
  return object({
    description: maybe(choice, () => text(choice.pick(['an issue', '', 'naïve ☂ 𝄞']))),
    secrecy: maybe(choice, () => tags(choice)),
    integrity: maybe(choice, () => tags(choice)),
  });
}

function tags(choice: RandomChoice): JsonTree {
  if (choice.chance(0.1)) return raw('null');
  return array(someOf(choice, () => text(choice.pick(['private:o/r', 'b', 'a', ' b ', '', '𝄞', 'é']))));
}

/** Any JSON, with numbers that lose their spelling in JavaScript. */
function anyValue(choice: RandomChoice, depth = 0): JsonTree {
  const kind = choice.weighted({ scalar: 4 + depth * 2, array: 1, object: 1 });
  if (kind === 'array') return array(someOf(choice, () => anyValue(choice, depth + 1)));
  if (kind === 'object') return object({ a: anyValue(choice, depth + 1), '': anyValue(choice, depth + 1) });
  return raw(
    choice.pick(['1.0', '-0', '12345678901234567890', '1e-7', 'true', '"\\u00e9\\/"', '""', 'null']),
  );
}

function maybe(choice: RandomChoice, value: () => JsonTree): JsonTree | undefined {
  return choice.chance(0.7) ? value() : undefined;
}

function someOf(choice: RandomChoice, value: (index: number) => JsonTree): JsonTree[] {
  return choice.list(choice.below(4), value);
}
