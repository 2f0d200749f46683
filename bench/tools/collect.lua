-- Requests for wrk: batches of events of many people, every event another one. Settings come from the environment.
local people = tonumber(os.getenv("PEOPLE") or "100000")
local batch = tonumber(os.getenv("BATCH") or "100")
local key = os.getenv("WRITE_KEY")
-- Milliseconds that a connection rests before each request; none = as fast as answers come.
local rest = tonumber(os.getenv("REST_MS") or "0")
local thread_count = 0
function setup(thread)
  thread:set("number", thread_count)
  thread_count = thread_count + 1
end
local names = {"Product Viewed", "Product Added", "Order Completed", "Page Read"}
local n, salt = 0, 0
function init(args)
  math.randomseed(number * 7919 + tonumber(os.getenv("SEED") or "1"))
  salt = string.format("%02x%08x", number, math.random(0, 2147483647))
end
local function event()
  n = n + 1
  local person = math.random(0, people - 1)
  local name = names[n % 4 + 1]
  return string.format(
    '{"type":"track","event":"%s","userId":"user-%d","anonymousId":"visitor-%d","messageId":"ajs-%s-%010d",' ..
    '"context":{"library":{"name":"bench","version":"1"},"userAgent":"Mozilla/5.0 (X11; Linux x86_64)",' ..
    '"page":{"path":"/a/b/c","url":"https://shop.example/a/b/c","title":"A page"}},' ..
    '"properties":{"order_id":"o-%d","total":%d.%02d,"currency":"EUR","products":[{"product_id":"p%d","price":9.99,"quantity":1}]},' ..
    '"timestamp":"2026-11-22T08:00:00.000Z"}',
    name, person, person, salt, n, n, n % 200, n % 100, n % 1000)
end
function request()
  local path, body
  if batch == 1 then
    path, body = "/v1/track", event()
  else
    local all = {}
    for i = 1, batch do all[i] = event() end
    path, body = "/v1/batch", '{"batch":[' .. table.concat(all, ",") .. ']}'
  end
  return wrk.format("POST", path, {["X-Write-Key"] = key, ["Content-Type"] = "application/json"}, body)
end
if rest > 0 then
  function delay() return math.random(0, 2 * rest) end
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('RESULT {"requests":%d,"seconds":%.3f,"p50_ms":%.2f,"p99_ms":%.2f,"max_ms":%.2f,"not_2xx":%d,"failed":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
    e.status, e.connect + e.read + e.write + e.timeout))
end
