#!/usr/bin/env bash
# Starts a Slurm of three nodes in a folder: slurm-cluster.sh FOLDER. Runs in namespaces of its own, of which it is the first
# process, so that all of it ends with it; says "up", and ends with its standard input.
set -euo pipefail
cd "$1"
export SLURM_CONF=$PWD/slurm.conf

# Who asks for the addresses of a name is told none where there is only the loopback of 127.0.0.1.
ip link set lo up
for n in 1 2 3; do ip address add "10.0.0.$n/32" dev lo; done
printf '%s\n' "127.0.0.1 localhost $(hostname)" "10.0.0.1 node1" "10.0.0.2 node2" "10.0.0.3 node3" >hosts
mount --bind hosts /etc/hosts

# Slurm's programs reach munge as whoever they are.
chmod 755 .
mkdir -m 755 munge
mkdir spool state
(umask 077 && head -c 128 /dev/urandom >munge/key)
munged --foreground --socket="$PWD/munge/socket" --key-file="$PWD/munge/key" --pid-file="$PWD/munge/pid" \
  --log-file="$PWD/munge/log" --seed-file="$PWD/munge/seed" 2>/dev/null &
until [ -S munge/socket ]; do sleep 0.02; done

cat >slurm.conf <<CONF
ClusterName=dqrm
SlurmctldHost=localhost
SlurmctldPort=6817
AuthType=auth/munge
AuthInfo=socket=$PWD/munge/socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$PWD/state
SlurmdSpoolDir=$PWD/spool/%n
SlurmctldPidFile=$PWD/slurmctld.pid
SlurmdPidFile=$PWD/slurmd.%n.pid
SlurmctldLogFile=$PWD/slurmctld.log
SlurmdLogFile=$PWD/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
NodeName=node[1-3] NodeHostname=localhost NodeAddr=10.0.0.[1-3] Port=[6821-6823] CPUs=4 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=10 State=UP
CONF
slurmctld -D -c >/dev/null 2>&1 &
for n in 1 2 3; do slurmd -D -N "node$n" >/dev/null 2>&1 & done
until [ "$(sinfo --noheader --states=idle --format=%D 2>/dev/null)" = 3 ]; do sleep 0.05; done

echo up
read -r _ || true
