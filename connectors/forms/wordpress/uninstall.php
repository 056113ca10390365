<?php
/**
 * The plug-in is deleted. Its queue and settings stay, unless the owner chose otherwise and nothing waits any more.
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

( function () {
	global $wpdb;
	$table    = $wpdb->prefix . 'ringback_queue';
	$settings = (array) get_option( 'ringback_settings', array() );
	$waiting  = (int) $wpdb->get_var( "SELECT COUNT(*) FROM $table WHERE sent IS NULL" );
	if ( empty( $settings['forget'] ) || $waiting ) {
		return;
	}
	$wpdb->query( "DROP TABLE IF EXISTS $table" );
	delete_option( 'ringback_settings' );
	delete_option( 'ringback_schema' );
	delete_transient( 'ringback_cannot_call_itself' );
} )();
