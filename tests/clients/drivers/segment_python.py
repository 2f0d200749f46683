"""segment-analytics-python: no compression unless asked for; a thread sends batches of 100."""
from driver import drive
from segment.analytics.client import Client
from segment.analytics.version import VERSION

drive("segment-python", VERSION, lambda url, key, on_error: Client(key, host=url, on_error=on_error))
