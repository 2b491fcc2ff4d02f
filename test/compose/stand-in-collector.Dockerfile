FROM sluice
COPY stand-in-collector.ts .
ENTRYPOINT ["node", "stand-in-collector.ts"]
