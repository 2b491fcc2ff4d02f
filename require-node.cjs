// Runs before every npm script, in any Node: says what is missing where the one that the project brings is not there.
const major = Number(process.versions.node.split('.')[0]);
if (major < 26) {
  console.error(
    `Sluice needs Node 26 or newer, and this is ${process.versions.node}: on Linux x64 and arm64 \`npm ci\` brings it along ` +
      '(do not omit optional dependencies); elsewhere install it from nodejs.org and run this again.',
  );
  process.exit(1);
}
