import { clarity } from "clarity-js";

// As Microsoft's tag does: what was queued is played, and then each call goes straight through.
const queue = window.clarity?.q ?? [];
window.clarity = (method, ...rest) => clarity[method](...rest);
clarity.start({ projectId: "stage", upload: `http://clarity.localhost:${location.port}/collect`, track: true, content: true, delay: 200 });
for (const [method, ...rest] of queue) clarity[method](...rest);
window.track = () => clarity.event("stage", "stage");
