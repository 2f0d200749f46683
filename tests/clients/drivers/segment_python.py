"""segment-analytics-python: no compression unless asked for; a thread sends batches of 100."""
from driver import drive
from segment.analytics.client import Client
from segment.analytics.version import VERSION

drive("segment-python", VERSION, Client)
