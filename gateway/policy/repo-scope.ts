/** GitHub's own bound on the name of a user or an organisation. */
const ownerCharacters = 39;

/** GitHub's own bound on the name of a repository. */
const repoCharacters = 100;

/** Dots and upper case are GitHub's too, though the peer refused them. */
const nameCharacters = /^[A-Za-z0-9_.-]+$/;

/** A user or an organisation, such as `acme`. */
export function isOwner(text: string): boolean {
  return isName(text, ownerCharacters);
}

/** Repositories of one owner: `acme/web`, `acme/*` (all) or `acme/api-*` (those whose names start so). */
export function isRepoScope(text: string): boolean {
  const [owner = '', repo = '', ...rest] = text.split('/');
  return rest.length === 0 && isOwner(owner) && isRepoPattern(repo);
}

function isRepoPattern(repo: string): boolean {
  return repo === '*' || isName(repo.endsWith('*') ? repo.slice(0, -1) : repo, repoCharacters);
}

/** `.` and `..` mean something else wherever names become paths. */
function isName(text: string, maximum: number): boolean {
  return text.length <= maximum && nameCharacters.test(text) && text !== '.' && text !== '..';
}
