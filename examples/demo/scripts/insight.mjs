// A module of both vendors: it needs what each of them left on the window, so it must come after them.
window.meadow.report("insight");
window.lantern.conversions = [location.pathname];
