<?php
/**
 * What is to be sent, in a table of the site's own database: a row from the moment a visitor sent it until the hub has
 * answered that it has it. Times are seconds since 1970. Of what was sent only when, what and how remains.
 */

namespace Ringback;

defined( 'ABSPATH' ) || exit;

final class Queue {

	const SCHEMA      = '1';
	const OPTION      = 'ringback_schema';
	const REMEMBERED  = 200;              // of those sent, so many stay in the list
	const DAYS        = 30 * DAY_IN_SECONDS; // … and no longer than that
	const LONGEST     = HOUR_IN_SECONDS;  // the longest pause between two tries
	const CLAIMED_FOR = 5 * MINUTE_IN_SECONDS; // longer than any try takes

	/** Keep a body, to be sent in so many seconds, and give its row; 0 where the database refuses. */
	public static function put( string $about, array $body, int $wait = 0 ): int {
		global $wpdb;
		$now  = time();
		$uuid = wp_generate_uuid4();
		$json = self::json( array( 'id' => $uuid ) + $body );
		$row  = array(
			'uuid' => $uuid, 'about' => mb_substr( $about, 0, 190 ), 'digest' => self::digest( $body ),
			'body' => $json, 'created' => $now, 'next_try' => $now + $wait,
		);
		if ( ! $wpdb->insert( self::table(), $row ) ) {
			self::prepare();
			if ( ! $wpdb->insert( self::table(), $row ) ) {
				error_log( 'Ringback could not keep a submission: ' . $wpdb->last_error );
				return 0;
			}
		}
		return (int) $wpdb->insert_id;
	}

	/** Say anew what a row holds, and let it go; false where it has begun to be sent already. */
	public static function renew( int $id, array $body ): bool {
		global $wpdb;
		$uuid = $wpdb->get_var( $wpdb->prepare( 'SELECT uuid FROM ' . self::table() . ' WHERE id = %d', $id ) );
		$row  = array( 'body' => self::json( array( 'id' => $uuid ) + $body ), 'digest' => self::digest( $body ), 'next_try' => time() );
		return (bool) $wpdb->update( self::table(), $row, array( 'id' => $id, 'tries' => 0, 'sent' => null ) );
	}

	/** Tell whether this is what was put last about the same thing. */
	public static function is_known( string $about, array $body ): bool {
		global $wpdb;
		$last = $wpdb->get_var( $wpdb->prepare( 'SELECT digest FROM ' . self::table() . ' WHERE about = %s ORDER BY id DESC LIMIT 1', $about ) );
		return self::digest( $body ) === $last;
	}

	/** Give the oldest row that is due at that moment; null where there is none. */
	public static function due( int $now ): ?object {
		global $wpdb;
		return $wpdb->get_row( $wpdb->prepare( 'SELECT * FROM ' . self::table() . ' WHERE sent IS NULL AND next_try <= %d ORDER BY id LIMIT 1', $now ) );
	}

	/** Be the only one who sends; false where somebody else is. It goes with the connection, however that ends. */
	public static function lock(): bool {
		global $wpdb;
		return '0' !== $wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, 0)', self::lock_name() ) );
	}

	public static function unlock(): void {
		global $wpdb;
		$wpdb->query( $wpdb->prepare( 'DO RELEASE_LOCK(%s)', self::lock_name() ) );
	}

	/** Take a row for one try; false where somebody else was quicker, or said it anew meanwhile. */
	public static function claim( object $row ): bool {
		global $wpdb;
		$taken = $wpdb->query( $wpdb->prepare(
			'UPDATE ' . self::table() . ' SET tries = tries + 1, next_try = %d WHERE id = %d AND tries = %d AND digest = %s AND sent IS NULL',
			time() + self::CLAIMED_FOR, $row->id, $row->tries, $row->digest
		) );
		return 1 === $taken;
	}

	/** The hub has it: its words are forgotten here, and that it was sent is remembered for a while. */
	public static function sent( object $row ): void {
		global $wpdb;
		$wpdb->update( self::table(), array( 'sent' => time(), 'body' => '', 'last_error' => '' ), array( 'id' => $row->id ) );
	}

	/** It did not get through: the pause grows from a minute to an hour. `$error` is a status, or what the line said. */
	public static function failed( object $row, string $error ): void {
		global $wpdb;
		$pause = min( self::LONGEST, MINUTE_IN_SECONDS * 2 ** min( (int) $row->tries, 6 ) );
		$wpdb->update( self::table(), array( 'next_try' => time() + $pause, 'last_error' => mb_substr( $error, 0, 250 ) ), array( 'id' => $row->id ) );
	}

	/** Let what failed be tried again now: the hub is there again, or somebody asks for it. Not what was `refused`, if false. */
	public static function wake( int $now, bool $refused = true ): void {
		global $wpdb;
		$wpdb->query( $wpdb->prepare(
			'UPDATE ' . self::table() . " SET next_try = %d WHERE sent IS NULL AND next_try > %d AND last_error <> ''" . ( $refused ? '' : " AND last_error NOT REGEXP '^4[0-9]+$'" ),
			$now, $now
		) );
	}

	/** Give how many wait, since when, and what went wrong last; `waiting`, `since`, `error`. */
	public static function state(): object {
		global $wpdb;
		$table = self::table();
		$state = $wpdb->get_row( "SELECT COUNT(*) AS waiting, MIN(created) AS since FROM $table WHERE sent IS NULL" );
		$state = $state ? $state : (object) array( 'waiting' => 0, 'since' => null );
		$state->error = (string) $wpdb->get_var( "SELECT last_error FROM $table WHERE sent IS NULL AND last_error <> '' ORDER BY next_try DESC LIMIT 1" );
		return $state;
	}

	/** Give the newest rows, those that wait before those that were sent. */
	public static function latest( int $limit ): array {
		global $wpdb;
		return (array) $wpdb->get_results( $wpdb->prepare( 'SELECT id, about, created, tries, next_try, sent, last_error FROM ' . self::table() . ' ORDER BY sent IS NOT NULL, id DESC LIMIT %d', $limit ) );
	}

	/** Forget old rows among those sent; of what waits nothing is ever forgotten. */
	public static function tidy(): void {
		global $wpdb;
		$table = self::table();
		$edge  = (int) $wpdb->get_var( $wpdb->prepare( "SELECT id FROM $table WHERE sent IS NOT NULL ORDER BY id DESC LIMIT 1 OFFSET %d", self::REMEMBERED ) );
		$wpdb->query( $wpdb->prepare( "DELETE FROM $table WHERE sent IS NOT NULL AND (id <= %d OR sent < %d)", $edge, time() - self::DAYS ) );
	}

	/** Make the table, or bring it up to date. */
	public static function prepare(): void {
		global $wpdb;
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		$table   = self::table();
		$charset = $wpdb->get_charset_collate();
		dbDelta( "CREATE TABLE $table (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  uuid char(36) NOT NULL,
  about varchar(190) NOT NULL DEFAULT '',
  digest char(32) NOT NULL DEFAULT '',
  body longtext NOT NULL,
  created bigint(20) unsigned NOT NULL,
  tries int(10) unsigned NOT NULL DEFAULT 0,
  next_try bigint(20) unsigned NOT NULL,
  sent bigint(20) unsigned DEFAULT NULL,
  last_error varchar(250) NOT NULL DEFAULT '',
  PRIMARY KEY  (id),
  UNIQUE KEY uuid (uuid),
  KEY due (sent,next_try),
  KEY about (about)
) $charset;" );
		update_option( self::OPTION, self::SCHEMA );
	}

	public static function prepare_once(): void {
		if ( self::SCHEMA !== get_option( self::OPTION ) ) {
			self::prepare();
		}
	}

	public static function table(): string {
		global $wpdb;
		return $wpdb->prefix . 'ringback_queue';
	}

	private static function lock_name(): string {
		return 'ringback_' . md5( DB_NAME . self::table() );
	}

	/** Written with escapes only, so that every character set of a database can hold it. */
	private static function json( array $body ): string {
		return (string) wp_json_encode( $body, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR );
	}

	/** What stands in a body, however often and whenever it is said. */
	private static function digest( array $body ): string {
		unset( $body['at'], $body['origin'], $body['order']['date_modified_gmt'] );
		return md5( self::json( $body ) );
	}
}
