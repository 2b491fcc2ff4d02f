/**
 * `node scripts/runtime-root.ts FOLDER`, run while the image is built: writes the root folder that Sluice runs on, and nothing
 * else is in it: this Node, the shared libraries that it has loaded, and the system files that it looks for.
 */
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Which libraries the system has loaded into this process, the loader itself included: Node asks the loader. */
function sharedLibraries(): string[] {
  const report: unknown = process.report.getReport();
  const { sharedObjects } = report as { sharedObjects: readonly string[] };
  return sharedObjects.filter((path) => path.startsWith('/') && path !== process.execPath);
}

/** As the path says, whatever links there are on the way to it. */
async function copyTo(root: string, path: string, target = path): Promise<void> {
  await mkdir(join(root, dirname(target)), { recursive: true });
  await copyFile(path, join(root, target));
}

/** What glibc reads to find a host by its name; without it some versions ask the network before `/etc/hosts`. */
const nameServices = 'hosts: files dns\n';
/** Numbers are enough to run, but `os.userInfo()` and those who look at a process list ask for names. */
const users = [
  'gateway:x:10001:10000::/nonexistent:/nonexistent',
  'sidecar:x:10002:10000::/nonexistent:/nonexistent',
];

async function writeRoot(root: string): Promise<void> {
  for (const library of sharedLibraries()) await copyTo(root, library);
  await copyTo(root, process.execPath, '/usr/local/bin/node');
  await mkdir(join(root, 'etc'), { recursive: true });
  await writeFile(join(root, 'etc/nsswitch.conf'), nameServices);
  await writeFile(join(root, 'etc/passwd'), users.map((user) => `${user}\n`).join(''));
  await writeFile(join(root, 'etc/group'), 'sluice:x:10000:\n');
  await mkdir(join(root, 'tmp'));
  await chmod(join(root, 'tmp'), 0o1777);
}

const [root] = process.argv.slice(2);
if (root === undefined) throw new Error('usage: node scripts/runtime-root.ts FOLDER');
await writeRoot(root);
