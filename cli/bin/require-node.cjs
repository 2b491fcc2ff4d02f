// Runs before anything else, in whatever Node there is: an older one could not even read what is behind it.
const major = Number(process.versions.node.split('.')[0]);
if (major < 26) {
  console.error(
    `Sluice needs Node 26 or newer, and this is ${process.versions.node}: install a newer one from nodejs.org and run this again.`,
  );
  process.exit(2);
}
