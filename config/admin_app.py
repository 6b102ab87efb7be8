"""The app of Django's admin, with the site that ADMIN_SECOND_FACTOR asks for."""

from django.contrib.admin.apps import AdminConfig

from config.conf import conf


class AdminApp(AdminConfig):
    if conf.ADMIN_SECOND_FACTOR:
        default_site = "config.admin_site.SecondFactorSite"
