// Makes one cookie of several: the site has changed which domain has it. The last is the youngest, and stays alone, where
// the site has it now. Only a tag's pages need it, and only then; with consent mounted, the server sees to it.
export default c => {
  const token = document.cookie.match(`.*(?:^|; )${c.k}=([\\w-]+\\.[\\w-]{86})(?![\\w-])`)?.[1],
    host = "." + location.hostname,
    secure = location.protocol > "https" ? ";Secure" : "",
    keep = (value, domain, age) => (document.cookie = `${c.k}=${value};Path=/;SameSite=Lax${domain && ";Domain=" + domain};${age}${secure}`);
  for (const { index } of [...host.matchAll(/\.|$/g)]) keep("", host.slice(index + 1), "Max-Age=0");
  if (token) keep(token, c.o || "", "Expires=" + new Date(JSON.parse(atob(token.split(".")[0])).x * 1e3).toUTCString());
};
