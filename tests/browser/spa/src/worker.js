fetch("/api/worker").then(() => postMessage("done"));
