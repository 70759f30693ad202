import { createRouter, createWebHistory } from 'vue-router'
import AlertsPage from './alerts/AlertsPage.vue'

/**
 * Every screen and every filter has an address: what one supervisor sees can be sent to another.
 *
 * Made by a function, for the history reads the address bar at once and must not find a key in it.
 */
export const makeRouter = () =>
  createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/', redirect: (to) => ({ path: '/alerts', query: to.query, hash: '' }) },
      {
        path: '/alerts',
        component: AlertsPage,
        children: [
          { path: '', name: 'alerts', components: {} },
          {
            path: ':id(\\d+)',
            name: 'alert',
            component: () => import('./alerts/AlertPage.vue'),
            props: (to) => ({ id: Number(to.params.id) }),
          },
        ],
      },
      { path: '/:rest(.*)*', name: 'missing', component: () => import('./frame/MissingPage.vue') },
    ],
  })
