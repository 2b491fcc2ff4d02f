/**
 * `node --import` of this: tells on standard error, in order, which modules are loaded, and which programs start, as which
 * process, and end.
 */
import childProcess, { type ChildProcess } from 'node:child_process';
import { writeSync } from 'node:fs';
import { registerHooks, syncBuiltinESMExports } from 'node:module';

const standardError = 2;
const tell = (words: string) => void writeSync(standardError, `${words}\n`);

registerHooks({
  load(url, context, next) {
    tell(`loads ${url}`);
    return next(url, context);
  },
});

childProcess.spawn = new Proxy(childProcess.spawn, {
  apply(spawn, self, args) {
    const words = JSON.stringify(args[1]);
    tell(`starts ${words}`);
    const child: ChildProcess = Reflect.apply(spawn, self, args);
    tell(`started as ${child.pid}`);
    return child.once('exit', (code, signal) => tell(`ended ${signal ?? code} ${words}`));
  },
});
syncBuiltinESMExports();
