// What a guard says about a response, as the sidecar hands it on: checked for its shape, but not against the response.

import type { ObjectLabels } from '../monitor/access.ts';

/** Labels with the guard's words for what carries them: untrusted, and as secret as the thing itself. */
export interface DescribedLabels extends ObjectLabels {
  readonly description: string;
}

/** The labels of one item, by a JSON Pointer to it or into it. Without labels, the default holds. */
export interface PathEntry {
  readonly path: string;
  readonly labels: DescribedLabels | undefined;
}

/** An item as the guard echoed it: JSON, only to find the item in the response. Without labels, the resource's hold. */
export interface ItemEntry {
  readonly data: string | undefined;
  readonly labels: DescribedLabels | undefined;
}

/** A guard's answer to `label_response`. */
export type ResponseLabels =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'paths';
      /** The last entry for an item wins. */
      readonly entries: readonly PathEntry[];
      readonly defaultLabels: DescribedLabels | undefined;
      /** Where the array of items is; empty or undefined: the root, where that is an array. */
      readonly itemsPath: string | undefined;
    }
  | { readonly kind: 'items'; readonly entries: readonly ItemEntry[] };
