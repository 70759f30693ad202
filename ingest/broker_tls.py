"""TLS towards the broker."""

import ssl

from ingest.settings import IngestSettings


def tls_context(settings: IngestSettings) -> ssl.SSLContext:
    """TLS 1.2 or later towards the broker, with our certificate where there is one."""
    context = ssl.create_default_context(cafile=str(settings.broker_ca) if settings.broker_ca else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.broker_certificate is not None:
        context.load_cert_chain(settings.broker_certificate, settings.broker_key)
    return context
