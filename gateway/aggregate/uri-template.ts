/** Longest URI that is compared with templates, in characters: both sides may be strangers'. */
const maxUriLength = 8_192;

/**
 * Whether a URI may come from a template (RFC 6570), as far as its literal parts say. Without regular expressions: a
 * template of a stranger's would choose how long one takes.
 */
export function matchesTemplate(uri: string, template: string): boolean {
  if (uri.length > maxUriLength) return false;
  const [first = '', ...rest] = template.split(/\{([^{}]*)\}/);
  if (!uri.startsWith(first)) return false;
  let at = first.length;
  for (let index = 0; index < rest.length; index += 2) {
    const [expression = '', literal = ''] = rest.slice(index, index + 2);
    const isLast = index + 2 >= rest.length;
    const end = isLast ? uri.length - literal.length : uri.indexOf(literal, at);
    if (end < at || (isLast && !uri.endsWith(literal))) return false;
    // Only expressions with an operator can give a slash.
    if (/^\w/.test(expression) && uri.slice(at, end).includes('/')) return false;
    at = end + literal.length;
  }
  return at === uri.length;
}
