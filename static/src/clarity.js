// Microsoft Clarity: both of its storages, denied from the start, through the queue that its tag takes over.
//
// Configuration: y whose yes each needs.
(c => {
  c.x(c.y, (what, state) => {
    window.clarity ||= function () {
      (clarity.q ||= []).push(arguments);
    };
    clarity("consentv2", state);
  });
  return c;
})
