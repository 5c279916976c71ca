-- Removes a subscriber.
-- ARGV: subscriber
redis.call('HDEL', KEYS[3], ARGV[1])
return {'detached'}
