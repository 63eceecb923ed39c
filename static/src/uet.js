// Microsoft Advertising, through the queue that its tag takes over.
//
// Configuration: q whose yes it needs.
(c => {
  c.x(c.q, (what, state) => (window.uetq ||= []).push("consent", what, state));
  return c;
})
