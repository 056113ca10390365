<?php
/**
 * Plugin Name: Ringback
 * Description: Sends what visitors write in your forms and order in your shop to your Ringback hub. While the hub is away it waits here, and nothing is lost.
 * Version: 0.1.0
 * Requires at least: 5.8
 * Requires PHP: 7.4
 * Author: The Ringback makers
 * License: AGPL-3.0-or-later
 * License URI: https://www.gnu.org/licenses/agpl-3.0.html
 * Text Domain: ringback
 * Domain Path: /languages
 */

namespace Ringback;

defined( 'ABSPATH' ) || exit;

const VERSION = '0.1.0';
const FILE    = __FILE__;

foreach ( array(
	'Settings', 'Queue', 'Delivery', 'Courier', 'Words', 'Origin', 'Submission', 'SettingsPage', 'Notice',
	'sources/Source', 'sources/ContactForm7', 'sources/WPForms', 'sources/GravityForms', 'sources/Elementor', 'sources/WooCommerce',
) as $part ) {
	require __DIR__ . '/src/' . $part . '.php';
}

register_activation_hook( FILE, array( Queue::class, 'prepare' ) );
register_deactivation_hook( FILE, array( Courier::class, 'leave' ) );

add_action( 'init', function () {
	load_plugin_textdomain( 'ringback', false, dirname( plugin_basename( FILE ) ) . '/languages' );
} );
add_action( 'plugins_loaded', function () {
	Queue::prepare_once();
	Courier::stand_by();
	Origin::watch();
	foreach ( Sources\Source::chosen() as $source ) {
		$source->listen();
	}
	if ( is_admin() ) {
		SettingsPage::open();
		Notice::open();
	}
} );
