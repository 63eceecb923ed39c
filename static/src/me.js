// A tag's visitor comes with the token behind the "#", which no server sees: it goes on with a form of ours, because the
// site's own policy may forbid forms that lead elsewhere, and out of the address.
const token = location.hash.slice(1),
  form = document.getElementById("consent-me");
if (token) {
  history.replaceState(null, "", location.pathname + location.search);
  form.elements.token.value = token;
  form.submit();
}
