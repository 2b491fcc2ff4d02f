import { metaOf, toModernParams } from '../modern/request-meta.ts';
import { version } from '../version.ts';

/** The JSON of the params of a request that says nothing but who the gateway is. */
export const ownParams = toModernParams(undefined, {
  clientInfo: JSON.stringify({ name: 'sluice', version }),
  clientCapabilities: '{}',
});

/** The JSON of their `_meta`. */
export const ownMeta = metaOf(ownParams) ?? '{}';
