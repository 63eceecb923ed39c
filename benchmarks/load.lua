-- wrk's script: sends the bodies in turn, each under an idempotency key of its own, and reports as JSON.
-- A key is made as banner.js makes it: four bytes of time, in steps of 65,536 ms, then noise; in base64url.
local bodies, mark = {}, "KEYKEYKEYKEYKEYKEYKEYK"
for line in io.lines(os.getenv("BENCH_BODIES")) do bodies[#bodies + 1] = line end
local headers = {}
for line in io.lines(os.getenv("BENCH_HEADERS")) do
  local name, value = line:match("^(.-): (.*)$")
  headers[name] = value
end
local method, salt, n, cuts = os.getenv("BENCH_METHOD"), os.getenv("BENCH_SALT"), 0, {}
for i, body in ipairs(bodies) do
  local at = body:find(mark, 1, true)
  cuts[i] = at and { body:sub(1, at - 1), body:sub(at + #mark) } or { body, nil }
end

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
local function clock()
  local left, text = math.floor(os.time() * 1000 / 65536) * 65536 + math.random(0, 65535), ""
  for _ = 1, 8 do
    local digit = left % 64
    text, left = alphabet:sub(digit + 1, digit + 1) .. text, (left - digit) / 64
  end
  return text
end

function request()
  if method == "GET" then return wrk.format("GET", nil, headers) end
  n = n + 1
  local cut = cuts[n % #cuts + 1]
  local body = cut[2] and cut[1] .. string.format("%s%s%010d", clock(), salt, n) .. cut[2] or cut[1]
  return wrk.format("POST", nil, headers, body)
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format('RESULT {"requests":%d,"seconds":%f,"errors":%d,"p50":%f,"p99":%f}\n', summary.requests,
    summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
