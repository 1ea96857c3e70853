"""The REST API under /api/v1."""

from fastapi import APIRouter

from custhub.serve.api import alike, changes, customers, stewarding, undoing

router = APIRouter(prefix="/api/v1")
router.include_router(customers.router)
router.include_router(alike.router)
router.include_router(changes.router)
router.include_router(undoing.router)
router.include_router(stewarding.router)
